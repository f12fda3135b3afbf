namespace Scenarios.Grains.Maintenance;

/// <summary>The living silos, by the addresses under which they own slices and tasks.</summary>
internal sealed class LivingSilos(IClusterMembershipService membership)
{
    public string[] Addresses() =>
        [
            .. membership
                .CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active)
                .Select(m => m.SiloAddress.ToString()),
        ];
}
