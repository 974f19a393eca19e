package dev.testbed.bridge;

import java.util.Arrays;

/** The domains, by thread group. A thread is of the nearest domain above it. */
final class Domains {
  private static volatile Domain[] all = {};

  private Domains() {}

  static synchronized Domain of(ThreadGroup group) {
    for (var domain : all) {
      if (domain.group == group) return domain;
    }
    var grown = Arrays.copyOf(all, all.length + 1);
    var made = new Domain(group);
    grown[all.length] = made;
    all = grown;
    return made;
  }

  static synchronized void remove(Domain gone) {
    all = Arrays.stream(all).filter(domain -> domain != gone).toArray(Domain[]::new);
  }

  /** That of the calling thread; null: it goes by real time. */
  static Domain current() {
    return all.length == 0 ? null : of(Thread.currentThread());
  }

  static Domain of(Thread thread) {
    var known = all;
    if (known.length == 0) return null;
    for (var group = thread.getThreadGroup(); group != null; group = group.getParent()) {
      for (var domain : known) {
        if (domain.group == group) return domain;
      }
    }
    return null;
  }
}
