using GemmaSharp.Model.Layers;

namespace GemmaSharp.Model.Vision;

/// <summary>A block of a stage.</summary>
internal interface IVisionBlock : IEncoderPart
{
    /// <summary>Channels of the result.</summary>
    int OutputChannels { get; }

    /// <summary>Runs the block; <paramref name="x"/> may be overwritten.</summary>
    FeatureMap Forward(FeatureMap x, VisionPass pass);
}
