using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scenarios.Engine.Runs;

/// <summary>The stored request of a <c>goto</c>: a capture in another scenario, caused by this run and step.</summary>
/// <param name="Depth">Gotos that led there, this one included.</param>
public sealed record GotoRequest(int Scenario, string? Start, int Depth, JsonElement? Content);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(GotoRequest))]
[JsonSerializable(typeof(string))]
public sealed partial class EngineJson : JsonSerializerContext;
