using System.Text.Json.Serialization;
using Scenarios.Grains.Tasks;
using Scenarios.Storage.Tasks;

namespace Scenarios.Grains;

/// <summary>The JSON that grains keep in rows of the ledger.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BulkOrder))]
[JsonSerializable(typeof(BulkProgress))]
[JsonSerializable(typeof(BulkResult))]
[JsonSerializable(typeof(RunSelection))]
internal sealed partial class GrainsJson : JsonSerializerContext;
