using System.Globalization;

namespace Scenarios.Contracts;

/// <summary>
/// How grains are addressed: <c>tenant/number</c>, <c>tenant/number/partition</c>, <c>tenant/number/profile</c>,
/// <c>tenant/task</c>.
/// </summary>
public static class GrainKeys
{
    public static IScenarioGrain Scenario(this IGrainFactory grains, int tenant, int number) =>
        grains.GetGrain<IScenarioGrain>(string.Create(CultureInfo.InvariantCulture, $"{tenant}/{number}"));

    public static IScenarioPartitionGrain Partition(this IGrainFactory grains, int tenant, int number, int partition) =>
        grains.GetGrain<IScenarioPartitionGrain>(string.Create(CultureInfo.InvariantCulture, $"{tenant}/{number}/{partition}"));

    public static IProfileInScenarioGrain ProfileInScenario(
        this IGrainFactory grains,
        int tenant,
        int number,
        string profile
    ) => grains.GetGrain<IProfileInScenarioGrain>(string.Create(CultureInfo.InvariantCulture, $"{tenant}/{number}/{profile}"));

    public static ITenantGrain Tenant(this IGrainFactory grains, int tenant) => grains.GetGrain<ITenantGrain>(tenant);

    public static ITaskGrain Task(this IGrainFactory grains, int tenant, Guid id) =>
        grains.GetGrain<ITaskGrain>(string.Create(CultureInfo.InvariantCulture, $"{tenant}/{id:N}"));

    public static (int Tenant, Guid Id) TaskOf(string key) =>
        key.Split('/') is [var tenant, var id]
            ? (int.Parse(tenant, CultureInfo.InvariantCulture), Guid.ParseExact(id, "N"))
            : throw new FormatException($"'{key}' is not the key of a task.");

    /// <summary>Parts of a key; a profile's id may itself contain slashes.</summary>
    public static (int Tenant, int Number, string Last) Parse(string key)
    {
        var parts = key.Split('/', 3);
        return (
            int.Parse(parts[0], CultureInfo.InvariantCulture),
            int.Parse(parts[1], CultureInfo.InvariantCulture),
            parts.Length > 2 ? parts[2] : ""
        );
    }
}
