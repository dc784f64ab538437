"""Words that fill the slots of customer messages."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["WORDS"]

WORDS: Mapping[str, tuple[str, ...]] = {
    "thing": (
        "kettle", "lamp", "jacket", "pair of shoes", "dress", "laptop", "phone", "camera", "bicycle",
        "sofa", "table", "chair", "mattress", "book", "toy", "watch", "ring", "blender", "toaster",
        "vacuum cleaner", "washing machine", "fridge", "television", "keyboard", "headset", "printer", "backpack",
        "suitcase", "tent", "shirt", "coat", "guitar", "drill", "mirror", "carpet", "plant pot",
        "coffee machine", "charger", "tablet", "clock",
    ),
    "ago": (
        "yesterday", "two days ago", "last week", "last Monday", "a month ago", "on the third of May",
        "before Easter", "ten days ago", "this morning", "in spring", "last Friday", "three weeks ago",
    ),
    "days": ("a day", "two days", "four days", "a week", "ten days", "two weeks", "a whole month", "five nights"),
    "amount": (
        "ten pounds", "25 dollars", "forty euros", "99.90", "12.50", "a hundred euros", "300 dollars",
        "1500 pounds", "eighty", "5 euros", "2000 dollars",
    ),
    "colour": ("black", "white", "red", "blue", "green", "grey", "yellow", "brown", "silver", "pink"),
    "city": (
        "London", "Paris", "Berlin", "Madrid", "Rome", "Vienna", "Dublin", "Lisbon", "Oslo", "Prague",
        "Boston", "Chicago", "Toronto", "Sydney", "Nairobi", "Delhi", "Tokyo", "Leeds", "Lyon", "Hamburg",
    ),
    "account": ("account", "savings account", "current account", "online account", "membership"),
    "person": (
        "your colleague", "the lady at the desk", "the driver", "the technician", "Anna", "Mr Brown",
        "the waiter",
    ),
    "talk": (
        "I have been a customer for many years.", "I live in {city} and work at night.",
        "I bought it {ago} for {amount}.", "My {thing} from {ago} was fine.",
        "I was in {city} {ago} with my family.", "It is raining here in {city}.",
        "I paid {amount} with my card.", "My neighbour has a {colour} {thing} too.",
        "We moved to {city} {ago}.", "I am on holiday for {days}.",
        "I called you {ago} and talked to {person}.", "My daughter needs it for school.",
        "I looked at your site for {days}.", "The weather was bad {ago}.", "I have two children and a dog.",
        "I also ordered a {thing} and a {thing}.", "I usually shop in {city}.",
        "My phone battery is almost empty.", "I wrote to {person} {ago} about this.",
        "It was a present from my aunt in {city}.", "I am seventy years old.",
        "I have little time, I start work in {days}.", "Last year everything went well.",
        "I hope you are well.", "My {colour} {thing} is still in use.",
        "There was a queue of {days} at your shop.", "I like your {colour} {thing}.",
    ),
    "greeting": (
        "", "", "", "hello,", "hi,", "good morning,", "dear team,", "hi there,", "excuse me,",
        "hello again,", "urgent:",
    ),
    "closing": (
        "", "", "", "", "thanks", "thank you", "please help", "kind regards", "I am waiting",
        "please reply soon", "this is the second time I write", "my order number is 48213", "best wishes, Sam",
        "cheers",
    ),
}  # fmt: skip
"""Slot -> choices."""
