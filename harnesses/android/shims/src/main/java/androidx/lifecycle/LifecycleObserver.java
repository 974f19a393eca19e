package androidx.lifecycle;

/** Somebody who is told of a lifecycle. */
public interface LifecycleObserver {}
