using System.Text.Json.Serialization;

namespace Scenarios.Engine.Batches;

/// <summary>What batches keep as JSON in rows of the ledger.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EffectOutcome))]
[JsonSerializable(typeof(BulkOutcome))]
internal sealed partial class BatchJson : JsonSerializerContext;
