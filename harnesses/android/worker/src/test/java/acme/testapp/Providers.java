package acme.testapp;

import android.content.ContentProvider;
import android.content.ContentValues;
import android.database.Cursor;
import android.net.Uri;

/** As AARs bring them: to be started before the application is. */
public final class Providers {

  abstract static class Silent extends ContentProvider {

    @Override
    public boolean onCreate() {
      TestApplication.tell(getClass().getSimpleName() + ":" + (getContext() instanceof TestApplication));
      return true;
    }

    @Override
    public Cursor query(Uri uri, String[] columns, String where, String[] values, String order) {
      return null;
    }

    @Override
    public String getType(Uri uri) {
      return null;
    }

    @Override
    public Uri insert(Uri uri, ContentValues values) {
      return null;
    }

    @Override
    public int delete(Uri uri, String where, String[] values) {
      return 0;
    }

    @Override
    public int update(Uri uri, ContentValues values, String where, String[] arguments) {
      return 0;
    }
  }

  public static final class Early extends Silent {}

  public static final class Late extends Silent {}

  private Providers() {}
}
