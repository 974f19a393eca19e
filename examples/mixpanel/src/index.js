import { Mixpanel } from "./mixpanel.js";

// Where analytics.js looks for the integration of the name "Mixpanel", once the bundle has run.
window.mixpanelIntegration = Mixpanel;
