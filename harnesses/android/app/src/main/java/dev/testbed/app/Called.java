package dev.testbed.app;

import java.util.concurrent.CompletableFuture;

/** One of Segment's calls, on its way: the id of the message that it becomes, then its being given to destinations. */
record Called(CompletableFuture<String> messageId, CompletableFuture<Void> offered) {
  static Called begun() {
    return new Called(new CompletableFuture<>(), new CompletableFuture<>());
  }
}
