namespace GemmaSharp.Gateway.Replicas;

/// <summary>Looks again and again at the list of replicas, and asks each whether it is ready.</summary>
internal sealed class HealthChecks(ReplicaSet replicas, GatewayOptions options, HttpMessageInvoker client, Action<string> log)
{
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(5);
    private readonly Uri[] _named = [.. options.Replicas.Select(ReplicaSet.Parse)];
    private readonly ReplicaFile? _file = options.ReplicaFile is string path ? new ReplicaFile(path) : null;

    /// <summary>The first look, before anybody asks.</summary>
    /// <exception cref="ArgumentException">No replica, or something that is no address.</exception>
    public async Task BeginAsync(CancellationToken cancel)
    {
        replicas.Change([.. _named, .. _file?.ReadIfChanged() ?? []]);
        if (replicas.Current.Count == 0)
        {
            throw new ArgumentException("no replica to hand requests to (--replica or --replica-file)");
        }

        await Task.WhenAll(replicas.Current.Select(one => CheckAsync(one, cancel))).ConfigureAwait(false);
    }

    /// <summary>All looks after it, until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        using PeriodicTimer timer = new(options.Limits.CheckInterval);
        while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
        {
            ReadFile();
            foreach (Replica replica in replicas.Current.Where(one => one.Check.IsCompleted))
            {
                replica.Check = CheckAsync(replica, cancel);
            }
        }
    }

    private void ReadFile()
    {
        try
        {
            if (_file?.ReadIfChanged() is IReadOnlyList<Uri> addresses)
            {
                replicas.Change([.. _named, .. addresses]);
                log($"replicas now: {string.Join(", ", replicas.Current.Select(one => one.Name))}");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            log($"the list of replicas stays as it was: {error.Message}");
        }
    }

    private async Task CheckAsync(Replica replica, CancellationToken cancel)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(SilenceLimit);
        bool? ready = null;
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Get, $"{replica.Name}/ready");
            using HttpResponseMessage response = await client.SendAsync(request, limit.Token).ConfigureAwait(false);
            ready = response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            ready = false;
        }
        catch (OperationCanceledException)
        {
            // Silence: how much of it is too much, the replica knows.
        }

        if (!cancel.IsCancellationRequested && replica.See(ready))
        {
            log($"replica {replica.Name}: {(replica.IsReady ? "ready" : "not ready")}");
        }
    }
}
