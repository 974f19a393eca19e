package com.example.plugin

import android.content.Context
import com.segment.analytics.kotlin.core.AliasEvent
import com.segment.analytics.kotlin.core.BaseEvent
import com.segment.analytics.kotlin.core.GroupEvent
import com.segment.analytics.kotlin.core.IdentifyEvent
import com.segment.analytics.kotlin.core.ScreenEvent
import com.segment.analytics.kotlin.core.Settings
import com.segment.analytics.kotlin.core.TrackEvent
import com.segment.analytics.kotlin.core.platform.DestinationPlugin
import com.segment.analytics.kotlin.core.platform.Plugin
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.json.JSONObject

/** @NAME@ for analytics-kotlin: what an app passes to `analytics.add`. */
class @CLASS@Destination : DestinationPlugin() {
    override val key = "@NAME@"

    private var client: Client? = null

    /** Comes with the settings that Segment holds for the destination, and again whenever they are fetched anew. */
    override fun update(settings: Settings, type: Plugin.UpdateType) {
        super.update(settings, type)
        val own = settings.integrations[key] as? JsonObject ?: return
        val apiKey = own["apiKey"]?.jsonPrimitive?.content
        if (client == null) client = Client(analytics.configuration.application as Context, apiKey)
    }

    override fun identify(payload: IdentifyEvent): BaseEvent {
        client?.remember(payload.userId)
        return send(payload, "traits" to payload.traits)
    }

    override fun track(payload: TrackEvent) =
        send(payload, "event" to payload.event, "properties" to payload.properties)

    override fun screen(payload: ScreenEvent) =
        send(payload, "event" to payload.name, "properties" to payload.properties)

    override fun group(payload: GroupEvent) =
        send(payload, "groupId" to payload.groupId, "traits" to payload.traits)

    override fun alias(payload: AliasEvent): BaseEvent {
        client?.remember(payload.userId)
        return send(payload, "previousId" to payload.previousId)
    }

    override fun reset() {
        client?.reset()
    }

    /** The call's own fields, and those that every call has. */
    private fun send(call: BaseEvent, vararg fields: Pair<String, Any>): BaseEvent {
        val event = JSONObject()
        for ((name, value) in fields) event.put(name, if (value is JsonObject) JSONObject("$value") else value)
        event.put("anonymousId", call.anonymousId).put("messageId", call.messageId).put("timestamp", call.timestamp)
        client?.send(call.type.name.lowercase(), event)
        return call
    }
}
