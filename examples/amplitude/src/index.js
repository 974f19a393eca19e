window.amplitudeIntegration = require("@segment/analytics.js-integration-amplitude");
