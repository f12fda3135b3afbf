namespace Scenarios.Grains.Effects;

/// <summary>The limits for sending webhooks, each with its unit.</summary>
public sealed record WebhookLimits
{
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection is kept, and so how long a name's checked address is trusted.</summary>
    public TimeSpan ConnectionLifetime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Concurrent attempts to one host and port, from one silo.</summary>
    public int ConnectionsPerHost { get; init; } = 64;

    public int AnswerHeaderKilobytes { get; init; } = 32;

    /// <summary>Of an answer with values to keep. Otherwise the body is not read.</summary>
    public int AnswerBytes { get; init; } = 256 * 1024;

    /// <summary>Levels of nesting in an answer with values to keep.</summary>
    public int AnswerDepth { get; init; } = 32;

    /// <summary>Of the kept values together, as JSON.</summary>
    public int KeptBytes { get; init; } = 64 * 1024;

    /// <summary>The longest pause that a receiver may ask for.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Whether http without TLS is allowed outside the networks that the operator opened.</summary>
    public bool PlainHttp { get; init; }
}
