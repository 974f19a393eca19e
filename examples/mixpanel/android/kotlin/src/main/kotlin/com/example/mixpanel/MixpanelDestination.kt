package com.example.mixpanel

import android.content.Context
import android.util.Log
import com.segment.analytics.kotlin.core.AliasEvent
import com.segment.analytics.kotlin.core.BaseEvent
import com.segment.analytics.kotlin.core.GroupEvent
import com.segment.analytics.kotlin.core.IdentifyEvent
import com.segment.analytics.kotlin.core.ScreenEvent
import com.segment.analytics.kotlin.core.Settings
import com.segment.analytics.kotlin.core.TrackEvent
import com.segment.analytics.kotlin.core.platform.DestinationPlugin
import com.segment.analytics.kotlin.core.platform.Plugin
import java.text.SimpleDateFormat
import java.util.Date
import java.util.Locale
import java.util.TimeZone
import kotlinx.serialization.json.JsonObject
import org.json.JSONObject

/** Mixpanel for analytics-kotlin: what an app passes to `analytics.add`. */
class MixpanelDestination : DestinationPlugin() {
    override val key = "Mixpanel"

    private var mixpanel: Mixpanel? = null

    /** Comes with cached settings first, and again whenever the app is back in front: Mixpanel starts once. */
    override fun update(settings: Settings, type: Plugin.UpdateType) {
        super.update(settings, type)
        val own = settings.integrations[key] as? JsonObject ?: return
        if (mixpanel != null) return
        mixpanel = Mixpanel.start(analytics.configuration.application as Context, json(own))
        if (mixpanel == null) Log.w("Mixpanel", "Mixpanel is off: its setting `token` is empty")
    }

    override fun identify(payload: IdentifyEvent): BaseEvent {
        mixpanel?.identify(payload.userId.ifEmpty { null }, json(payload.traits))
        return payload
    }

    override fun track(payload: TrackEvent): BaseEvent {
        mixpanel?.track(payload.event, json(payload.properties), date(payload.timestamp))
        return payload
    }

    override fun screen(payload: ScreenEvent): BaseEvent {
        val (category, name) = listOf(payload.category, payload.name).map { it.ifEmpty { null } }
        mixpanel?.screen(category, name, json(payload.properties), date(payload.timestamp))
        return payload
    }

    override fun group(payload: GroupEvent): BaseEvent {
        mixpanel?.group(payload.groupId, json(payload.traits))
        return payload
    }

    override fun alias(payload: AliasEvent): BaseEvent {
        mixpanel?.alias(payload.userId, payload.previousId, payload.anonymousId)
        return payload
    }

    override fun reset() {
        mixpanel?.reset()
    }

    override fun flush() {
        mixpanel?.flush()
    }

    private fun json(values: JsonObject) = JSONObject(values.toString())

    /** As analytics-kotlin writes it; java.time is not on every Android. */
    private fun date(timestamp: String): Date {
        val format = SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
        format.timeZone = TimeZone.getTimeZone("UTC")
        return format.parse(timestamp) ?: Date()
    }
}
