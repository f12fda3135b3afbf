using Scenarios.Storage.Embedded;

namespace Scenarios.Storage.Accounts;

/// <summary>The first start: somebody must be able to sign in.</summary>
public static class Bootstrap
{
    /// <param name="given"><c>SCENARIOS_BOOTSTRAP_TOKEN</c>, or null for a random one.</param>
    /// <param name="tokenFile">Where the token is kept, readable by its owner alone; null keeps it nowhere.</param>
    /// <returns>What to print: the token when it was just made, else null.</returns>
    public static Task<string?> RunAsync(TenantStore tenants, string? given, string? tokenFile, CancellationToken cancellation) =>
        tenants.BootstrapAsync(given, token =>
        {
            if (tokenFile is not null) PrivateFile.Write(tokenFile, token + "\n");
        }, cancellation);
}
