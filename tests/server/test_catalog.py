"""CatalogService on the wire."""

from automl_tl.v1 import catalog_pb2 as wire


async def listed(service, **request):
    answer = await service.catalog.ListModels(wire.ListModelsRequest(**request))
    return [model.id for model in answer.models], answer.next_page_token


async def test_models_are_listed_by_id(service):
    ids, token = await listed(service)
    assert ids == [*(f"starter:model-{number}" for number in range(5)), "starter:words", "timm:resnet18.a1_in1k"]
    assert token == ""


async def test_models_are_filtered_and_paged(service):
    assert await listed(service, modality="text") == (["starter:words"], "")
    assert await listed(service, source="timm") == (["timm:resnet18.a1_in1k"], "")
    first, token = await listed(service, modality="image", page_size=4)
    rest, end = await listed(service, modality="image", page_size=4, page_token=token)
    assert (first + rest, end) == ([*(f"starter:model-{n}" for n in range(5)), "timm:resnet18.a1_in1k"], "")


async def test_a_token_of_another_list_is_refused(service):
    _, token = await listed(service, modality="image", page_size=1)
    request = wire.ListModelsRequest(modality="text", page_token=token)
    assert (await service.refused(service.catalog.ListModels(request))).fields == ("page_token",)


async def test_a_model_is_described(service):
    answer = await service.catalog.ListModels(wire.ListModelsRequest(source="timm"))
    (model,) = answer.models
    assert (model.name, model.license, model.parameter_count) == (
        "sources/timm/models/resnet18.a1_in1k", "MIT", 1000,
    )  # fmt: skip


async def test_plugins(service):
    answer = await service.catalog.ListPlugins(wire.ListPluginsRequest())
    found = {(plugin.slot, plugin.plugin_id) for plugin in answer.plugins}
    assert {
        ("modality", "image"),
        ("modality", "text"),
        ("scorer", "logme"),
        ("strategy", "linear_probe"),
    } <= found
