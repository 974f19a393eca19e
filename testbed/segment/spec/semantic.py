"""Semantic events: the names that the Spec reserves, and the types of their properties.

Segment docs: spec/ecommerce/v2, spec/b2b-saas, spec/mobile, spec/ab-testing, spec/email, spec/live-chat, spec/video.
One row an event, or several that share their properties, in the notation of types.fields. No page calls a property
required, so a missing one breaks no rule; but what these pages want in the context is what ties the event to an account
or a recipient, and its absence is worth a warning.
"""

from __future__ import annotations

from collections.abc import Mapping

from testbed.segment.spec.reserved import RESERVED
from testbed.segment.spec.types import Fields, fields

PRODUCT = "product_id sku category name brand variant price:n quantity:n coupon position:n url image_url"
CONTENT = (
    "session_id asset_id pod_id title description keywords:[s] season episode genre program publisher position:i "
    "total_length:i channel full_episode:b livestream:b airdate:d bitrate:i framerate:n"
)
SHAPES: Mapping[str, Fields] = {
    "Product": fields(PRODUCT),
    "Choice": fields("type value"),
    "Campaign": fields("name source medium term content ad_creative ad_group"),
    "Content": fields(CONTENT),
}

PRODUCTS = "products:[Product]"
ORDER = f"order_id affiliation revenue:n shipping:n tax:n discount:n coupon currency {PRODUCTS}"
ACCOUNT = "context.groupId"
CAMPAIGN = "campaign:Campaign"
EMAIL = "email_id email_subject campaign_id campaign_name context.traits.email"
CHAT = "agent_id agent_name agent_username conversation_id conversation_duration:n message_id"
AD_TYPE = "pre-roll|mid-roll|post-roll"
PLAYBACK = (
    f"session_id content_asset_id content_asset_ids:[s] content_pod_id content_pod_ids:[s] ad_asset_id:s/[s] "
    f"ad_pod_id:s/[s] ad_type:{AD_TYPE}/[{AD_TYPE}] position:i seek_position:i total_length:i bitrate:i framerate:n "
    "video_player sound:0..100 full_screen:b ad_enabled:b quality method livestream:b"
)
AD = (
    f"session_id asset_id pod_id pod_position:i pod_length:i type:{AD_TYPE} title publisher position:i total_length:i "
    "load_type:linear|dynamic content:Content quartile:1..3"
)

ROWS: Mapping[str, str] = {
    # Ecommerce: browsing
    "Products Searched": "query:s/o",
    "Product List Viewed": f"list_id category {PRODUCTS}",
    "Product List Filtered": f"list_id category {PRODUCTS} filters:[Choice] sorts:[Choice]",
    "Promotion Viewed | Promotion Clicked": "promotion_id creative name position",
    # Ecommerce: products and cart
    "Product Clicked": PRODUCT,
    "Product Viewed": f"{PRODUCT} currency value:n",
    "Product Added | Product Removed": f"cart_id {PRODUCT}",
    "Cart Viewed": f"cart_id {PRODUCTS}",
    # Ecommerce: checkout and order
    "Checkout Started": f"{ORDER} value:n",
    "Checkout Step Viewed | Checkout Step Completed": "checkout_id step:n shipping_method payment_method",
    "Payment Info Entered": "checkout_id step:n shipping_method payment_method order_id",
    "Order Completed": f"{ORDER} checkout_id subtotal:n total:n value:n",
    "Order Updated | Order Cancelled": f"{ORDER} total:n",
    "Order Refunded": f"{ORDER} total:n",
    # Ecommerce: coupons, wishlists, sharing, reviews
    "Coupon Entered": "order_id cart_id coupon_id",
    "Coupon Applied | Coupon Removed": "order_id cart_id coupon_id coupon_name discount:n",
    "Coupon Denied": "order_id cart_id coupon_id coupon_name reason",
    "Product Added to Wishlist | Product Removed from Wishlist": f"wishlist_id wishlist_name {PRODUCT}",
    "Wishlist Product Added to Cart": f"wishlist_id wishlist_name cart_id {PRODUCT}",
    "Product Shared": f"share_via share_message recipient {PRODUCT}",
    "Cart Shared": f"share_via share_message recipient cart_id {PRODUCTS}",
    "Product Reviewed": "product_id review_id review_body rating",
    # B2B SaaS
    "Account Created | Account Deleted": f"account_name {ACCOUNT}",
    "Signed Up": f"type first_name last_name email phone username title {ACCOUNT}",
    "Signed In | Signed Out": f"username {ACCOUNT}",
    "Invite Sent": f"invitee_email invitee_first_name invitee_last_name invitee_role {ACCOUNT}",
    "Account Added User": f"role {ACCOUNT}",
    "Account Removed User": ACCOUNT,
    "Trial Started | Trial Ended": f"trial_start_date:d trial_end_date:d trial_plan_name {ACCOUNT}",
    # Mobile: lifecycle and campaigns
    "Application Installed": "version build",
    "Application Opened": "from_background:b version build url referring_application",
    "Application Updated": "previous_version previous_build version build",
    "Application Backgrounded | Application Foregrounded | Application Uninstalled | Application Crashed": "",
    "Install Attributed": f"provider {CAMPAIGN}",
    "Push Notification Received | Push Notification Tapped | Push Notification Bounced": f"{CAMPAIGN} action",
    "Deep Link Opened | Deep Link Clicked": "provider url",
    # A/B testing
    "Experiment Viewed": "experiment_id experiment_name variation_id variation_name",
    # Email
    "Email Bounced | Email Delivered | Email Opened | Email Marked as Spam": EMAIL,
    "Email Link Clicked": f"{EMAIL} link_id link_url",
    "Unsubscribed": f"{EMAIL} list_id list_name",
    # Live chat
    "Live Chat Conversation Started | Live Chat Conversation Ended | Live Chat Message Sent | "
    "Live Chat Message Received": CHAT,
    # Video
    "Video Playback Started | Video Playback Paused | Video Playback Interrupted | Video Playback Buffer Started | "
    "Video Playback Buffer Completed | Video Playback Seek Started | Video Playback Seek Completed | "
    "Video Playback Resumed | Video Playback Completed | Video Playback Exited": PLAYBACK,
    "Video Content Started | Video Content Playing | Video Content Completed": CONTENT,
    "Video Ad Started | Video Ad Playing | Video Ad Completed": AD,
    "Video Quality Updated": "bitrate:i framerate:n startupTime:n droppedFrames:n",
}

_WORDS: Mapping[str, list[str]] = {
    name.strip(): words.split() for names, words in ROWS.items() for name in names.split("|")
}

EVENTS: Mapping[str, Fields] = {
    name: {
        field: kind
        for field, kind in fields(" ".join(w for w in words if not w.startswith("context.")), SHAPES).items()
        if field not in RESERVED["track"]  # those have their type in every track
    }
    for name, words in _WORDS.items()
}

CONTEXT_OF: Mapping[str, tuple[str, ...]] = {
    name: tuple(word.removeprefix("context.") for word in words if word.startswith("context."))
    for name, words in _WORDS.items()
}
"""What an event wants in its context, by dotted path."""

SYNONYMS: Mapping[str, str] = {
    # What partners are turned down for in review: a name of their own for what the Spec names already.
    "purchase": "Order Completed",
    "purchased": "Order Completed",
    "completed order": "Order Completed",
    "order placed": "Order Completed",
    "install": "Application Installed",
    "app installed": "Application Installed",
    "app opened": "Application Opened",
    "add to cart": "Product Added",
    "added product": "Product Added",
    "viewed product": "Product Viewed",
    "sign up": "Signed Up",
    "signup": "Signed Up",
    "login": "Signed In",
    "logout": "Signed Out",
}
