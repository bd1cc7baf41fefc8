using System.CommandLine;
using System.Runtime.InteropServices;
using GemmaSharp.Cli.Parsing;
using GemmaSharp.Gateway;

namespace GemmaSharp.Cli.Commands;

/// <summary>Hands requests to several servers until it is interrupted.</summary>
internal static class Gateway
{
    public static Command Create()
    {
        GatewayArguments arguments = new();
        Command command = new("gateway", "One address for several servers: a conversation stays at the one that has it in its cache, the rest goes to the idlest, and a server that fails or drains is left out.");
        arguments.AddTo(command);
        command.SetAction((parsed, _) => Failure.GuardAsync(() => InvokeAsync(arguments.Read(parsed))));
        return command;
    }

    private static async Task<int> InvokeAsync(GatewayOptions options)
    {
        Screen screen = new(Console.Error);
        using Interrupt interrupt = new(secondEnds: true, PosixSignal.SIGTERM);
        GatewayApp gateway = GatewayApp.Create(options, screen.Notice);
        await using (gateway.ConfigureAwait(false))
        {
            await gateway.StartAsync(interrupt.Token).ConfigureAwait(false);
            screen.Notice($"gateway on {gateway.Address.ToString().TrimEnd('/')}; Ctrl+C ends");
            await Task.Delay(Timeout.InfiniteTimeSpan, interrupt.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            screen.Notice("ending; running answers may finish, Ctrl+C ends at once");
            await gateway.StopAsync().ConfigureAwait(false);
        }

        return 0;
    }
}
