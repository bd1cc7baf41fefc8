using System.Diagnostics;

namespace GemmaSharp.Tests.Server.Clients;

/// <summary>OpenAI's own Python client against the server, where it is installed.</summary>
public sealed class PythonClientTests
{
    [PythonClientFact]
    public async Task Client_EveryKindOfRequest_IsUnderstood()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        string program = Path.Combine(Fixture.Repository, "tests", "GemmaSharp.Tests", "Server", "Clients", "openai_client.py");

        string written = await ClientRun.RunAsync("python3", [program, new Uri(server.Address, "v1").ToString(), Fixture.Pocket("samples")]);

        ClientAnswers.Check(written);
        await server.WaitForAsync("gemmasharp_requests_running 0");
        Assert.Empty(server.Log);
    }
}

/// <summary>A test that needs OpenAI's Python client.</summary>
internal sealed class PythonClientFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> IsThere = new(() =>
    {
        using Process python = Process.Start(new ProcessStartInfo("python3", ["-c", "import openai"]) { RedirectStandardError = true })!;
        python.StandardError.ReadToEnd();
        python.WaitForExit();
        return python.ExitCode == 0;
    });

    public PythonClientFactAttribute() => Skip =
        !ClientRun.Has("python3") ? "python3 is not installed"
        : !IsThere.Value ? "OpenAI's client for Python is not installed (pip install openai)"
        : null;
}
