using GemmaSharp.Weights;

namespace GemmaSharp.Model;

/// <summary>Where the parts stand in a checkpoint: today's names, those of text-only exports and those of older releases.</summary>
internal sealed record CheckpointNames(WeightScope Text, WeightScope Head, WeightScope Towers)
{
    // Text prefix, prefix of lm_head, prefix of the towers.
    private static readonly (string Text, string Head, string Towers)[] Known =
    [
        ("model.language_model", "lm_head", "model"),
        ("language_model.model", "language_model.lm_head", ""),
        ("language_model", "lm_head", ""),
        ("model", "lm_head", "model"),
        ("", "lm_head", ""),
    ];

    public WeightScope VisionTower => Towers.Child("vision_tower").Child("timm_model");

    public WeightScope VisionEmbedder => Towers.Child("embed_vision");

    public WeightScope AudioTower => Towers.Child("audio_tower");

    public WeightScope AudioEmbedder => Towers.Child("embed_audio");

    /// <summary>The spelling whose embed_tokens is there; today's when none is, so that the error names it.</summary>
    public static CheckpointNames Find(WeightScope root)
    {
        foreach ((string text, string head, string towers) in Known)
        {
            if (Walk(root, text).Has("embed_tokens.weight"))
            {
                return new CheckpointNames(Walk(root, text), Walk(root, head), Walk(root, towers));
            }
        }

        return new CheckpointNames(Walk(root, Known[0].Text), Walk(root, Known[0].Head), Walk(root, Known[0].Towers));
    }

    private static WeightScope Walk(WeightScope root, string path) => path.Length == 0 ? root : root.Child(path);
}
