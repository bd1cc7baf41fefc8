using System.Text.Json;

namespace GemmaSharp.Model.Config;

/// <summary>How pictures and sound are prepared, from preprocessor_config.json or processor_config.json.</summary>
public sealed record ProcessorConfig
{
    /// <summary>Pixels of a prepared picture.</summary>
    public int ImageWidth { get; init; } = 768;

    /// <summary>Pixels of a prepared picture.</summary>
    public int ImageHeight { get; init; } = 768;

    /// <summary>Whether mean and deviation are applied; not in published files.</summary>
    public bool Normalize { get; init; }

    /// <summary>Mean of each channel.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0, 0, 0];

    /// <summary>Deviation of each channel.</summary>
    public IReadOnlyList<float> Deviation { get; init; } = [1, 1, 1];

    /// <summary>What a byte is multiplied by.</summary>
    public double RescaleFactor { get; init; } = 1.0 / 255;

    /// <summary>Sound.</summary>
    public MelConfig Mel { get; init; } = new();

    /// <summary>Reads the folder's processor files; what neither says keeps the published value.</summary>
    /// <exception cref="InvalidDataException">A file is malformed.</exception>
    public static ProcessorConfig ReadFolder(string folder)
    {
        foreach (string name in (ReadOnlySpan<string>)["processor_config.json", "preprocessor_config.json"])
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path))
            {
                continue;
            }

            using JsonDocument document = ConfigJson.Open(path);
            JsonFields root = new(document.RootElement, path);
            JsonFields image = root.Child("image_processor") ?? root;
            if (image.Has("size"))
            {
                return Read(image, root.Child("feature_extractor") ?? root);
            }
        }

        return new ProcessorConfig();
    }

    private static ProcessorConfig Read(JsonFields image, JsonFields audio)
    {
        const int mostPixels = 8192;
        (int width, int height) = Size(image, mostPixels);
        const int bilinear = 2;
        if (image.Int("resample", bilinear, 0, 5) != bilinear || !image.Bool("do_resize", true) || image.Bool("do_center_crop", false))
        {
            throw image.Error("pictures are resized bilinearly and whole: resample 2, do_resize true and do_center_crop false expected");
        }

        return new ProcessorConfig
        {
            ImageWidth = width,
            ImageHeight = height,
            Normalize = image.Bool("do_normalize", false),
            Mean = Channels(image, "image_mean", 0),
            Deviation = Channels(image, "image_std", 1),
            RescaleFactor = image.Bool("do_rescale", true) ? image.Number("rescale_factor", 1.0 / 255, 1e-9, 1e9) : 1,
            Mel = MelConfig.Read(audio),
        };
    }

    // {"height", "width"}, or one number for both in older files.
    private static (int Width, int Height) Size(JsonFields image, int most)
    {
        if (image.Element.GetProperty("size").ValueKind == JsonValueKind.Number)
        {
            int side = image.Int("size", 0, 1, most);
            return (side, side);
        }

        return image.Child("size") is JsonFields size && size.Has("width") && size.Has("height")
            ? (size.Int("width", 0, 1, most), size.Int("height", 0, 1, most))
            : throw image.Wrong("size", image.Element.GetProperty("size"), "height and width");
    }

    private static float[] Channels(JsonFields image, string name, float missing) =>
        image.Numbers(name, 3, -1e6, 1e6) is double[] numbers ? Array.ConvertAll(numbers, number => (float)number) : [missing, missing, missing];
}
