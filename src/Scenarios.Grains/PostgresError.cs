using Npgsql;

namespace Scenarios.Grains;

/// <summary>
/// An error from PostgreSQL on its way to another node. It must arrive complete: its code decides whether to retry.
/// </summary>
[GenerateSerializer, Immutable, Alias("postgres-error")]
internal readonly record struct PostgresError(
    [property: Id(0)] string Message,
    [property: Id(1)] string Severity,
    [property: Id(2)] string Code
);

[RegisterConverter]
internal sealed class PostgresErrorConverter : IConverter<PostgresException, PostgresError>
{
    public PostgresException ConvertFromSurrogate(in PostgresError error) =>
        new(error.Message, error.Severity, error.Severity, error.Code);

    public PostgresError ConvertToSurrogate(in PostgresException e) => new(e.MessageText, e.InvariantSeverity, e.SqlState);
}
