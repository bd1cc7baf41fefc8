namespace GemmaSharp.Cli;

/// <summary>Pictures and sounds in the order of the command line, across both flags.</summary>
internal static class MediaArguments
{
    private static readonly string[] VideoEndings = [".mp4", ".mkv", ".mov", ".avi", ".m4v", ".mpg", ".mpeg", ".wmv"];

    public static IReadOnlyList<ContentPart> Read(string[] arguments)
    {
        List<ContentPart> parts = [];
        for (int at = 0; at < arguments.Length; at++)
        {
            string[] pieces = arguments[at].Split('=', 2);
            string? path = pieces.Length == 2 ? pieces[1] : at + 1 < arguments.Length ? arguments[at + 1] : null;
            if (pieces[0] is "--image" or "--audio" && path is not null)
            {
                parts.Add(Load(pieces[0] == "--image", path));
            }
        }

        return parts;
    }

    public static ContentPart Load(bool image, string path)
    {
        if (VideoEndings.Contains(Path.GetExtension(path).ToLowerInvariant()))
        {
            throw new InvalidDataException($"{path}: Gemma 3n takes no video; take single frames as --image and the sound track as --audio (ffmpeg makes both)");
        }

        return image ? ContentPart.Image(path) : ContentPart.Audio(path);
    }
}
