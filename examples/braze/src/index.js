import factory from "@segment/analytics-browser-actions-braze";
window.brazeDestination = factory;
