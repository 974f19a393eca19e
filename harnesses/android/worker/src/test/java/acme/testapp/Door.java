package acme.testapp;

import android.content.Context;
import android.net.LocalServerSocket;
import android.net.LocalSocket;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;

import static java.nio.charset.StandardCharsets.UTF_8;

/** The app's abstract socket: a line with a deed's name and argument, answered by a line. */
final class Door implements Runnable {

  private final Context context;

  Door(Context context) {
    this.context = context;
  }

  @Override
  public void run() {
    try (LocalServerSocket server = new LocalServerSocket("testbed")) {
      while (true) {
        LocalSocket client = server.accept();
        new Thread(() -> serve(client), "client").start();
      }
    } catch (IOException closed) {
      return;
    }
  }

  private void serve(LocalSocket client) {
    try (client) {
      BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream(), UTF_8));
      OutputStream out = client.getOutputStream();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split(" ", 2);
        out.write((answer(words[0], words.length > 1 ? words[1] : "") + "\n").getBytes(UTF_8));
      }
    } catch (IOException gone) {
      return;
    }
  }

  private String answer(String deed, String argument) {
    try {
      Object answer =
          Faults.known(deed) ? Faults.valueOf(deed).commit(context) : Deeds.valueOf(deed).perform(context, argument);
      return String.valueOf(answer).replace('\n', ' ');
    } catch (Exception | LinkageError error) {
      return error.getClass().getSimpleName() + ": " + error.getMessage();
    }
  }
}
