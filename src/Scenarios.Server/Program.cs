using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Scenarios.Server;
using Scenarios.Storage;
using Scenarios.Storage.Embedded;
using Serilog;
using Serilog.Extensions.Logging;

if (args.FirstOrDefault(argument => argument is "--help" or "-h" or "--version") is { } asked)
{
    Console.WriteLine(asked == "--version" ? ServerOptions.Version : ServerOptions.Usage);
    return 0;
}

// The database starts before the host and ends after it, so signals are ours from the first moment on.
using var stop = new CancellationTokenSource();
using var interrupt = StopOn(PosixSignal.SIGINT);
using var terminate = StopOn(PosixSignal.SIGTERM);
using var hangUp = StopOn(PosixSignal.SIGHUP);

// Settings come from the environment; a file that happens to lie where we were started is none of ours.
var started = false;
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
Log.Logger = Telemetry.CreateLogger(builder.Configuration);
try
{
    var options = ServerOptions.Read(args, builder.Configuration);
    using var logs = new SerilogLoggerFactory(Log.Logger);
    Directory.CreateDirectory(options.DataDirectory);

    await using var postgres = options.ConnectionString is null
        ? await EmbeddedPostgres.StartAsync(
            options.DataDirectory,
            logs.CreateLogger(nameof(EmbeddedPostgres)),
            TimeProvider.System,
            stop.Token
        )
        : null;
    await using var database = await Database.OpenAsync(
        new DatabaseOptions
        {
            ConnectionString = options.ConnectionString ?? postgres!.ConnectionString,
            MigrationsConnectionString = options.MigrationsConnectionString,
            IsOwn = postgres is not null,
        },
        logs,
        TimeProvider.System,
        stop.Token
    );
    using var ports = options.Roles.HasFlag(Roles.Silo) ? NodePorts.Claim(options) : null;
    var token = await OperatorToken.EstablishAsync(options, database, stop.Token);
    builder.Services.AddSingleton(await SecretKeys.EstablishAsync(options, database, stop.Token));
    await using var app = Node.Build(builder, options, database, ports, Log.Logger);
    await app.StartAsync(stop.Token);
    started = true;
    Banner.Print(options, app.Urls, ports, postgres, token);
    await app.WaitForShutdownAsync(stop.Token);
    return 0;
}
catch (UsageException e)
{
    Console.Error.WriteLine($"{e.Message} See --help.");
    return 2;
}
catch (Exception e) when (e is PostgresUnavailableException or MigrationException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
catch (IOException e) when (e.InnerException is AddressInUseException)
{
    Console.Error.WriteLine($"{e.Message} Another node, perhaps: name another address with --urls.");
    return 1;
}
catch (Exception) when (stop.IsCancellationRequested && !started)
{
    return 0; // told to stop while starting: each part has its own way to say that it was cut off
}
finally
{
    await Log.CloseAndFlushAsync();
}

PosixSignalRegistration StopOn(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        stop.Cancel();
    });
