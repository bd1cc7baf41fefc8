namespace GemmaSharp.Media.Audio;

/// <summary>A sound of one channel.</summary>
/// <param name="Samples">Samples, full scale 1.</param>
/// <param name="SampleRate">Samples a second.</param>
public sealed record AudioClip(float[] Samples, int SampleRate);
