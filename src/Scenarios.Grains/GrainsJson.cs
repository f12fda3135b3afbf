using System.Text.Json.Serialization;
using Scenarios.Contracts;

namespace Scenarios.Grains;

/// <summary>What grains keep as JSON in rows of the ledger.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EffectOutcome))]
internal sealed partial class GrainsJson : JsonSerializerContext;
