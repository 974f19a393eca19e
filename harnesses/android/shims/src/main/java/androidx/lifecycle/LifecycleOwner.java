package androidx.lifecycle;

/** What has a lifecycle. */
public interface LifecycleOwner {
  Lifecycle getLifecycle();
}
