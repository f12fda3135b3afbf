using Orleans.Hosting;

namespace Scenarios.Grains;

/// <summary>What the grains need from their silo. Grain classes themselves are found by Orleans, as this assembly is referenced.</summary>
public static class GrainsHost
{
    public static ISiloBuilder AddScenariosGrains(this ISiloBuilder silo)
    {
        return silo;
    }
}
