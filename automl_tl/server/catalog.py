"""CatalogService."""

from __future__ import annotations

from typing import TypeAlias

import grpc

from automl_tl.server.backend import Backend
from automl_tl.server.convert.resources import model_to_wire
from automl_tl.server.plugins import list_plugins
from automl_tl.store.pages import Page, PageRequest
from automl_tl.v1 import catalog_pb2 as wire
from automl_tl.v1 import catalog_pb2_grpc
from automl_tl.zoo.card import ModelCard

__all__ = ["CatalogService"]

Context: TypeAlias = grpc.aio.ServicerContext


class CatalogService(catalog_pb2_grpc.CatalogServiceServicer):
    """Says what this server can do."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def ListModels(  # noqa: N802
        self, request: wire.ListModelsRequest, context: Context
    ) -> wire.ListModelsResponse:
        """Return one page of candidate models, ordered by id."""
        page = await self._backend.run(self._models, request)
        return wire.ListModelsResponse(
            models=[model_to_wire(card) for card in page.items], next_page_token=page.next_token
        )

    async def ListPlugins(  # noqa: N802
        self, request: wire.ListPluginsRequest, context: Context
    ) -> wire.ListPluginsResponse:
        """Return every plug-in."""
        plugins = await self._backend.run(list_plugins)
        return wire.ListPluginsResponse(
            plugins=[
                wire.Plugin(
                    slot=plugin.slot,
                    plugin_id=plugin.name,
                    summary=plugin.summary,
                    distribution=plugin.distribution,
                )
                for plugin in plugins
            ]
        )

    def _models(self, request: wire.ListModelsRequest) -> Page[ModelCard]:
        wanted = PageRequest(request.page_size, request.page_token)
        query = ("models", request.modality, request.source)
        after = str(wanted.after(query) or "")
        cards = self._backend.catalog.cards(request.modality or None)
        chosen = sorted(
            (card for card in cards if card.id > after and request.source in ("", card.source)),
            key=lambda card: card.id,
        )
        return wanted.page(chosen[: wanted.limit + 1], lambda card: card.id, query)
