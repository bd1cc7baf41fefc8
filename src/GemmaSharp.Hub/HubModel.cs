namespace GemmaSharp.Hub;

/// <summary>A model in the cache, ready to be opened.</summary>
/// <param name="Path">Its file or folder.</param>
/// <param name="Projector">The file with its image and audio towers, where that is a file of its own.</param>
/// <param name="Notices">What the user should know: what was chosen, or that the cache answered for the hub.</param>
public sealed record HubModel(string Path, string? Projector, IReadOnlyList<string> Notices)
{
    /// <summary>Fetches all files of a model that the cache lacks.</summary>
    /// <param name="settings">The hub and its cache.</param>
    /// <param name="reference">The repository, perhaps with a quantisation.</param>
    /// <param name="file">A file of it that the user named, or null.</param>
    /// <param name="progress">Told of every piece that arrives.</param>
    /// <param name="cancellationToken">Stops; what arrived is kept.</param>
    /// <exception cref="HubException">The hub refuses, nothing fits, or a transfer failed.</exception>
    public static async Task<HubModel> FetchAsync(
        HubSettings settings, HubReference reference, string? file, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        try
        {
            using HubClient client = new(settings);
            return await FetchAsync(client, reference, file, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (HubException error) when (error.IsUnreachable && new HubCache(settings.CacheFolder).Files(reference).Count > 0)
        {
            using HubClient cached = new(settings with { Offline = true });
            HubModel model = await FetchAsync(cached, reference, file, progress, cancellationToken).ConfigureAwait(false);
            return model with { Notices = [$"{error.Message}; taking what the cache holds", .. model.Notices] };
        }
    }

    internal static async Task<HubModel> FetchAsync(
        HubClient client, HubReference reference, string? file, IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        HubSelection selection = HubSelection.Choose(reference, await client.ListAsync(reference, cancellationToken).ConfigureAwait(false), file);
        List<string> paths = [];
        foreach (string name in selection.Files)
        {
            paths.Add(await client.FetchAsync(reference, name, progress, cancellationToken).ConfigureAwait(false));
        }

        string path = selection.OpensFolder ? System.IO.Path.GetDirectoryName(paths[0]) ?? paths[0] : paths[0];
        return new HubModel(path, selection.Projector is null ? null : paths[^1], selection.Notice is null ? [] : [selection.Notice]);
    }
}
