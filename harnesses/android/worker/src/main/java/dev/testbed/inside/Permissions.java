package dev.testbed.inside;

import android.content.pm.PackageParser;
import java.util.Set;

/** What an app may do once it is installed, without anybody having been asked. */
final class Permissions {

  private static final String PREFIX = "android.permission.";

  /** Protection level "dangerous" in frameworks/base/core/res/AndroidManifest.xml: the user grants them. */
  private static final Set<String> ASKED_FOR =
      Set.of(
          "ACCEPT_HANDOVER", "ACCESS_BACKGROUND_LOCATION", "ACCESS_COARSE_LOCATION", "ACCESS_FINE_LOCATION",
          "ACCESS_MEDIA_LOCATION", "ACTIVITY_RECOGNITION", "ADD_VOICEMAIL", "ANSWER_PHONE_CALLS",
          "BLUETOOTH_ADVERTISE", "BLUETOOTH_CONNECT", "BLUETOOTH_SCAN", "BODY_SENSORS", "CALL_PHONE", "CAMERA",
          "GET_ACCOUNTS", "NEARBY_WIFI_DEVICES", "POST_NOTIFICATIONS", "PROCESS_OUTGOING_CALLS", "READ_CALENDAR",
          "READ_CALL_LOG", "READ_CONTACTS", "READ_EXTERNAL_STORAGE", "READ_MEDIA_AUDIO", "READ_MEDIA_IMAGES",
          "READ_MEDIA_VIDEO", "READ_PHONE_NUMBERS", "READ_PHONE_STATE", "READ_SMS", "RECEIVE_MMS", "RECEIVE_SMS",
          "RECEIVE_WAP_PUSH", "RECORD_AUDIO", "SEND_SMS", "USE_SIP", "UWB_RANGING", "WRITE_CALENDAR",
          "WRITE_CALL_LOG", "WRITE_CONTACTS", "WRITE_EXTERNAL_STORAGE");

  static String[] grantedTo(PackageParser.Package app) {
    return app.requestedPermissions.stream()
        .filter(each -> !each.startsWith(PREFIX) || !ASKED_FOR.contains(each.substring(PREFIX.length())))
        .toArray(String[]::new);
  }

  private Permissions() {}
}
