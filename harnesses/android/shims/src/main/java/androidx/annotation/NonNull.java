package androidx.annotation;

/** A mark for readers: SDKs carry it, nothing looks at it. */
public @interface NonNull {}
