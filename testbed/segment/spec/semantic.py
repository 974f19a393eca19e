"""Semantic events: the names that the Spec reserves, and the types of their properties.

Segment docs: spec/ecommerce/v2, spec/b2b-saas, spec/mobile, spec/ab-testing, spec/email, spec/live-chat, spec/video.
One row an event, or several that share their properties; a property without a letter is a string (see types.fields).
No page calls a property required, so a missing one breaks no rule.
"""

from __future__ import annotations

from collections.abc import Mapping

from testbed.segment.spec.types import Fields, fields

PRODUCT = "product_id sku category name brand variant price:n quantity:n coupon position:n url image_url"
ORDER = "order_id affiliation revenue:n shipping:n tax:n discount:n coupon currency products:a"
CAMPAIGN = "campaign:o"
EMAIL = "email_id email_subject campaign_id campaign_name"
CHAT = "agent_id agent_name agent_username conversation_id message_id"
PLAYBACK = (
    "session_id content_asset_ids:a content_pod_ids:a ad_asset_id ad_pod_id ad_type position:i total_length:i "
    "bitrate:i framerate:n video_player sound:i full_screen:b ad_enabled:b quality method livestream:b"
)
CONTENT = (
    "session_id asset_id pod_id title description keywords:a season episode genre program publisher position:i "
    "total_length:i channel full_episode:b livestream:b airdate:d bitrate:n framerate:n"
)
AD = (
    "session_id asset_id pod_id title publisher position:i total_length:i pod_position:i pod_length:i type load_type "
    "content:o quartile:i"
)

ROWS: Mapping[str, str] = {
    # Ecommerce: browsing
    "Products Searched": "query:so",
    "Product List Viewed": "list_id category products:a",
    "Product List Filtered": "list_id category products:a filters:a sorts:a",
    "Promotion Viewed | Promotion Clicked": "promotion_id creative name position",
    # Ecommerce: products and cart
    "Product Clicked": PRODUCT,
    "Product Viewed": f"{PRODUCT} currency value:n",
    "Product Added | Product Removed": f"cart_id {PRODUCT}",
    "Cart Viewed": "cart_id products:a",
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
    "Cart Shared": "share_via share_message recipient cart_id products:a",
    "Product Reviewed": "product_id review_id review_body rating",
    # B2B SaaS
    "Account Created | Account Deleted": "account_name",
    "Signed Up": "type first_name last_name email phone username title",
    "Signed In | Signed Out": "username",
    "Invite Sent": "invitee_email invitee_first_name invitee_last_name invitee_role",
    "Account Added User": "role",
    "Account Removed User": "",
    "Trial Started | Trial Ended": "trial_start_date:d trial_end_date:d trial_plan_name",
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
    "Live Chat Conversation Started | Live Chat Message Sent | Live Chat Message Received": CHAT,
    "Live Chat Conversation Ended": f"{CHAT} conversation_duration:n",
    # Video
    "Video Playback Started | Video Playback Paused | Video Playback Interrupted | Video Playback Buffer Started | "
    "Video Playback Buffer Completed | Video Playback Seek Started | Video Playback Seek Completed | "
    "Video Playback Resumed | Video Playback Completed | Video Playback Exited": PLAYBACK,
    "Video Content Started | Video Content Playing | Video Content Completed": CONTENT,
    "Video Ad Started | Video Ad Playing | Video Ad Completed": AD,
}

EVENTS: Mapping[str, Fields] = {
    name.strip(): fields(properties) for names, properties in ROWS.items() for name in names.split("|")
}
PRODUCT_FIELDS: Fields = fields(PRODUCT)

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
