using Orleans.Concurrency;

namespace Scenarios.Contracts;

/// <summary>A tenant's account (the tenant's row), and the bucket of its rate, which is in memory alone.</summary>
[Alias("tenant")]
public interface ITenantGrain : IGrainWithIntegerKey
{
    [Alias("account"), AlwaysInterleave]
    Task<Account> Account();

    [Alias("change-account")]
    Task<Account> Change([Immutable] AccountChange change);

    /// <summary>Takes from the tenant's rate: one bucket for all nodes, which holds a second's worth.</summary>
    [Alias("take"), AlwaysInterleave]
    Task<RateAnswer> Take(int cost, int ahead);

    /// <summary>Creates a scenario with the tenant's next number.</summary>
    [Alias("create-scenario")]
    Task<CreateAnswer> CreateScenario([Immutable] NewScenario scenario);
}

/// <param name="Name">Of the tenant.</param>
/// <param name="TimeZone">IANA name.</param>
/// <param name="RetentionDays">How long ended runs and content are kept.</param>
/// <param name="RatePerSecond">Requests a second that the tenant may send, an item of a batch counting as one; null is
/// unlimited.</param>
[GenerateSerializer, Immutable, Alias("account")]
public sealed record Account(
    [property: Id(0)] string Name,
    [property: Id(1)] string TimeZone,
    [property: Id(2)] int RetentionDays,
    [property: Id(3)] int? RatePerSecond
);

/// <param name="RetryAfter">When to come again; null when it may go on.</param>
/// <param name="Ahead">Of what was asked for ahead, so much was given, to be spent within a second.</param>
/// <param name="IsLimited">False where the account names no rate.</param>
[GenerateSerializer, Immutable, Alias("rate-answer")]
public readonly record struct RateAnswer(
    [property: Id(0)] TimeSpan? RetryAfter,
    [property: Id(1)] int Ahead,
    [property: Id(2)] bool IsLimited
);

/// <summary>What is null stays.</summary>
/// <param name="RatePerSecond">0 is unlimited.</param>
[GenerateSerializer, Immutable, Alias("account-change")]
public sealed record AccountChange(
    [property: Id(0)] string? TimeZone,
    [property: Id(1)] int? RetentionDays,
    [property: Id(2)] int? RatePerSecond,
    [property: Id(3)] Actor Actor
);

/// <param name="Database">By name.</param>
/// <param name="CloneOf">The scenario whose definition, settings and About are copied under new element ids; the other
/// parts then override.</param>
[GenerateSerializer, Immutable, Alias("new-scenario")]
public sealed record NewScenario(
    [property: Id(0)] string? Title,
    [property: Id(1)] string? Database,
    [property: Id(2)] string? Definition,
    [property: Id(3)] string? Settings,
    [property: Id(4)] string? About,
    [property: Id(5)] int? CloneOf,
    [property: Id(6)] int? Partitions,
    [property: Id(7)] Actor Actor
);

[GenerateSerializer, Immutable, Alias("create-answer")]
public sealed record CreateAnswer([property: Id(0)] int Number, [property: Id(1)] Refusal? Refusal);
