/** Segment's consent tools, for the pages of scenarios with a consent banner. */
import { createWrapper } from "@segment/analytics-consent-tools";

window.__testbedConsent = { createWrapper };
