package dev.testbed.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.json.JSONException;
import org.json.JSONObject;

/**
 * The app's end of the harness channel: messages of a line each, JSON in UTF-8. `{id, do, ...}` is answered with
 * `{id, ok: true, ...}`, `{id, na: reason}` or `{id, error: {...}}`; `{event, ...}` is said unasked, and kept for the
 * next client while there is none.
 */
final class Channel {
  private static final int KEPT = 1000;

  /** Answers one message; its `id` is put in by the channel. */
  interface Handler {
    JSONObject answer(JSONObject message) throws Exception;
  }

  private final Blame blame;
  private final Deque<JSONObject> kept = new ArrayDeque<>();
  private OutputStream client;

  Channel(Blame blame) {
    this.blame = blame;
  }

  /** Serve one client until it goes. */
  void serve(InputStream in, OutputStream out, Handler handler) throws IOException {
    greet(out);
    try {
      var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (String line; (line = lines.readLine()) != null; ) {
        if (!line.isEmpty()) say(answer(line, handler));
      }
    } finally {
      part(out);
    }
  }

  /** Say something unasked. It has left the app when this returns, if there is a client. */
  synchronized void say(JSONObject message) {
    if (client == null) {
      keep(message);
      return;
    }
    try {
      write(message);
    } catch (IOException e) {
      client = null;
      keep(message);
    }
  }

  private synchronized void greet(OutputStream out) throws IOException {
    client = out;
    while (!kept.isEmpty()) write(kept.poll());
  }

  private synchronized void part(OutputStream out) {
    if (client == out) client = null;
  }

  private void write(JSONObject message) throws IOException {
    client.write((message + "\n").getBytes(StandardCharsets.UTF_8));
    client.flush();
  }

  /** An answer is nobody else's business than that of who asked. */
  private void keep(JSONObject message) {
    if (message.has("event") && kept.size() < KEPT) kept.add(message);
  }

  private JSONObject answer(String line, Handler handler) {
    try {
      var message = new JSONObject(line);
      return reply(message, handler).put("id", message.opt("id"));
    } catch (JSONException e) {
      throw new IllegalArgumentException("this is no message of the harness channel: " + line, e);
    }
  }

  private JSONObject reply(JSONObject message, Handler handler) throws JSONException {
    try {
      return handler.answer(message);
    } catch (NotApplicable e) {
      return Messages.notApplicable(e.getMessage());
    } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
      return Messages.error(e, blame.byPlugin(e));
    }
  }
}
