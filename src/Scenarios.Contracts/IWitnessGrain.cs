namespace Scenarios.Contracts;

/// <summary>Asked by a silo that has lost the database whether another one, by whose address it is named, still has it.</summary>
[Alias("witness")]
public interface IWitnessGrain : IGrainWithStringKey
{
    [Alias("reaches-database"), ResponseTimeout("00:00:05")]
    Task<WitnessAnswer> ReachesDatabase();
}

/// <param name="Silo">The silo that answers.</param>
[GenerateSerializer, Immutable, Alias("witness-answer")]
public readonly record struct WitnessAnswer([property: Id(0)] string Silo, [property: Id(1)] bool Reaches);
