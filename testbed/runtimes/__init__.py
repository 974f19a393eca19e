"""What runs an app on virtual hardware."""
