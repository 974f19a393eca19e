"""A plugin and Segment's SDK to an APK that any Android device installs."""
