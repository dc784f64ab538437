"""Messages: what customers write to shops, banks, carriers and offices, by what they want."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.starter.text_sources.base import TextPair, TextSource, even_labels, text_sources
from automl_tl.zoo.starter.text_sources.grammar import expand, misspell
from automl_tl.zoo.starter.text_sources.message_words import WORDS

__all__ = ["INTENTS", "draw_messages", "messages"]

INTENTS: Mapping[str, tuple[str, ...]] = {
    "late delivery": (
        "my {thing} [still has not arrived|is late|has been in transit for {days}], [where is it|any news]?",
        "I ordered a {thing} {ago} and [the parcel is not here yet|tracking has not moved|nothing was delivered].",
        "[when will|how long until] my [order|parcel|delivery] [arrive|get here]? it should have come {ago}",
    ),
    "refund": (
        "I [want|would like|am asking for] my money back for the {thing} I [returned|sent back] {ago}",
        "[when|how soon] will the refund of {amount} [reach my account|be paid|show up on my card]?",
        "you [promised|agreed] to refund {amount} but [nothing has come|I have not been paid back]",
    ),
    "return goods": (
        "how do I [send back|return] a {thing} that [does not fit|I no longer need|I do not like]?",
        "[please send|I need] a return label for the {thing}, it is [too big|too small|not for me]",
        "can I bring the {thing} back to [the shop|a store|your branch] after {days}?",
    ),
    "damaged goods": (
        "the {thing} [arrived|came] [broken|cracked|scratched|dented|torn], [see photo|the box was crushed too]",
        "my new {thing} [stopped working|fell apart|does not switch on] after {days}",
        "there is a [crack|hole|stain|loose part] in the {thing} you [sent|delivered|sold me] {ago}",
    ),
    "wrong goods": (
        "I [ordered|paid for] a {thing} but [got|received|was sent] a {thing} instead",
        "[wrong colour|wrong size|wrong model]: the {thing} is {colour}, I [chose|asked for] {colour}",
        "there is [a {thing} missing from|only half of] my order, [please check|the list says otherwise]",
    ),
    "cancel order": (
        "please [cancel|stop] my order for the {thing}, [I changed my mind|I found it cheaper|it was a mistake]",
        "[can I|is it possible to] cancel [before it ships|the {thing} I ordered {ago}]?",
        "do not [ship|send] the {thing}, I [pressed buy twice|no longer want it]",
    ),
    "change address": (
        "I have moved, [please update|how do I change] my [address|street and house number|postcode]",
        "[deliver|send] the {thing} to [my office|my new flat|my neighbour|{city}] instead",
        "the [delivery|billing|home] address on my account is [old|wrong|misspelt], I live in {city} now",
    ),
    "forgotten password": (
        "I [cannot log in|am locked out], my password [is not accepted|was forgotten|has expired]",
        "the [reset link|security code|verification text] [never arrives|does not work|has expired]",
        "how do I [reset|change|recover] my [password|login|pin]? I [forgot it|lost my phone]",
    ),
    "close account": (
        "please [close|delete|remove] my [account|profile] and [all my data|my details]",
        "I [want to leave|am moving to another bank], how do I close my {account}?",
        "I no longer [use|need] my {account}, [shut it down|end it] [this month|today]",
    ),
    "billing error": (
        "I was [charged|billed] [twice|{amount} too much] for [the {thing}|last month|one order]",
        "my [bill|invoice|statement] shows {amount} that I [do not recognise|never agreed to]",
        "why is this month's bill {amount} higher? [I used nothing extra|my plan did not change]",
    ),
    "card declined": (
        "my card [was declined|does not work|is refused] [at the checkout|abroad|in {city}], there is money on it",
        "the payment of {amount} [keeps failing|was rejected], [I tried three cards|the bank is fine]",
        "[contactless|chip and pin|the cash machine] [refuses|does not read] my card since {ago}",
    ),
    "lost card": (
        "I [lost|cannot find] my [bank|credit|debit] card [in {city}|on the bus|{ago}], please block it",
        "my [wallet|purse|handbag] was stolen, [freeze|block|stop] my card [at once|right now]",
        "[can you send|I need] a new card, mine [was stolen|is lost|was swallowed by the machine]",
    ),
    "transfer money": (
        "how [long|much] does it [take|cost] to [send|transfer] {amount} to {city}?",
        "I [sent|transferred] {amount} to [the wrong person|my landlord] and it has not [arrived|cleared]",
        "what is the [limit|fee|exchange rate] for [sending money|a payment] abroad?",
    ),
    "loan and mortgage": (
        "[can I borrow|I would like to borrow] {amount} for a [house|car|new roof], what is the [interest|rate]?",
        "what [papers|income|deposit] do I need for a [mortgage|loan]?",
        "can I [pay off|repay] my [loan|mortgage] early [without a fee|next year]?",
    ),
    "book travel": (
        "[two|four] [seats|tickets] to {city} [on Friday|next week] please, [by the window|as cheap as possible]",
        "is there a [train|flight|ferry|night bus] [to|from] {city} [in the morning|after work|on Sunday]?",
        "I [want to book|am looking for] a [room|hotel|flat] in {city} for {days}",
    ),
    "delayed journey": (
        "our [flight|train|coach] to {city} was [cancelled|delayed by hours|late], who [pays|helps us]?",
        "I missed my connection in {city} because the [plane|train|ferry] [left late|was slow]",
        "[stuck at the airport|waiting at the station] in {city}, the [board|app] says [delayed|cancelled]",
    ),
    "slow internet": (
        "my [internet|wifi|broadband] is [slow|down|dropping] [every evening|since {ago}|in the bedroom]",
        "the [router|modem] [blinks red|restarts|has no signal], I [restarted it|changed the cable]",
        "I pay for fast [internet|fibre] and [videos stop|calls break up|pages take minutes]",
    ),
    "app trouble": (
        "the app [crashes|freezes|closes] when I [open it|take a photo|press pay]",
        "since the [update|new version] the [screen is blank|buttons do nothing|notifications are gone]",
        "[error|a grey page|nothing] appears when I [upload|save|sign] [a file|the form] on your [site|app]",
    ),
    "phone contract": (
        "I [want|would like] [more data|a cheaper plan|a new sim] for my phone, what [offers|tariffs] are there?",
        "can I keep my number when I [switch|change] to [your network|another plan]?",
        "[roaming|calls abroad|data in {city}] cost {amount}, [is that right|how do I turn it off]?",
    ),
    "opening hours": (
        "[when|what time] do you [open|close] on [Sunday|Monday|bank holidays] in {city}?",
        "is the [shop|branch|counter] in {city} open [today|this evening|over the holidays]?",
        "[are you open|can I come by] [after six|at lunch|on Saturday]?",
    ),
    "stock and price": (
        "do you [have|stock] the {thing} in {colour}, and [what does it cost|how much is it]?",
        "when will the {colour} {thing} be [back in stock|available] again?",
        "is the {thing} [still on offer|cheaper online|part of the sale]? I saw it for {amount}",
    ),
    "discount code": (
        "my [voucher|coupon|discount code] [is not accepted|says expired] [at the checkout|for the {thing}]",
        "is there [a discount|money off] for [students|new customers|two or more {thing}s]?",
        "I [forgot|was not able] to [enter|use] my [gift card|coupon] of {amount}, can you apply it now?",
    ),
    "praise": (
        "[thank you|many thanks|well done], {person} was [so kind|very patient|a great help] {ago}",
        "the {thing} is [wonderful|perfect|lovely], [we love it|I will buy again|five stars]",
        "[great service|fast delivery|best shop in {city}], [keep it up|I told all my friends]",
    ),
    "complaint about staff": (
        "{person} was [rude|impatient|unfriendly] [on the phone|at the counter|to my mother] {ago}",
        "I waited {days} for [an answer|a call back] and [nobody cared|was passed around]",
        "[nobody listens|your agent hung up|I was laughed at], [I want to complain|let me talk to a manager]",
    ),
    "warranty": (
        "is my {thing} [still under warranty|covered by the guarantee]? I bought it {ago}",
        "how long is the [warranty|guarantee] on a {thing}, and [who repairs it|do I need the receipt]?",
        "the {thing} needs a repair, [is that free|does the guarantee cover it|where do I send it]?",
    ),
    "subscription": (
        "please [end|pause|renew] my [subscription|membership] [from next month|today]",
        "I [was signed up|am subscribed] to [a box|a magazine|premium] that I never [wanted|ordered], stop it",
        "[how do I|can I] change from the [monthly|family|free] to the [yearly|single|premium] subscription?",
    ),
}
"""What a customer wants -> ways to say it, in the language of :mod:`.grammar`."""


def draw_messages(
    intents: Mapping[str, Sequence[str]], labels: Sequence[int], rng: np.random.Generator
) -> list[str]:
    """Return one message per label: what the customer wants, somewhere in the small talk around it."""
    forms = tuple(intents.values())
    return [_in_small_talk(_wish(forms[label], rng), rng) for label in labels]


def pair_messages(n: int, rng: np.random.Generator) -> tuple[list[TextPair], NDArray[np.int64]]:
    """Return the same wish in the same words twice, with different small talk around it; and what it is about."""
    forms, labels = tuple(INTENTS.values()), even_labels(n, len(INTENTS), rng)
    wishes = [_wish(forms[label], rng) for label in labels]
    return [(_in_small_talk(wish, rng), _in_small_talk(wish, rng)) for wish in wishes], labels


def _wish(templates: Sequence[str], rng: np.random.Generator) -> str:
    return expand(templates[int(rng.integers(len(templates)))], WORDS, rng)


def _in_small_talk(wish: str, rng: np.random.Generator) -> str:
    """Return the wish between a greeting, up to four other sentences and a closing; some words misspelt."""
    before, after = rng.integers(0, 3, 2)
    template = " ".join(["{greeting}", *["{talk}"] * before, "{wish}", *["{talk}"] * after, "{closing}"])
    text = expand(template, {**WORDS, "wish": (wish,)}, rng)
    text = text.lower() if rng.random() < 0.3 else text[0].upper() + text[1:]
    words = [misspell(word, rng) if len(word) > 4 and rng.random() < 0.05 else word for word in text.split()]
    return " ".join(words)


messages = text_sources.register(
    "messages",
    TextSource(
        "messages",
        "what customers write to shops, banks, carriers and offices, written by a grammar, by what they want",
        tuple(INTENTS),
        lambda labels, fresh, rng: draw_messages(INTENTS, labels, rng),
        pair_messages,
    ),
)
