using System.Net;
using System.Net.Sockets;

namespace Scenarios.Storage.Embedded;

/// <summary>
/// Free ports of this machine, below those that the kernel gives to outgoing connections, so that they stay free until a restart.
/// </summary>
public static class LoopbackPort
{
    private const int First = 20_000,
        Last = 29_999;

    public static int Find()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, Last + 1);
            if (IsFree(port))
                return port;
        }
    }

    public static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
