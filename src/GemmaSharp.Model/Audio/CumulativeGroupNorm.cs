using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Model.Audio;

/// <summary>
/// Group norm with statistics that run forward in time: each frame is measured against its own running mean and the squares add up
/// (audio.md 4), so the variance is not that of the prefix.
/// </summary>
internal sealed class CumulativeGroupNorm(float[] weight, float epsilon)
{
    /// <summary>Normalizes rows [time, frequency * channels] in place, channels innermost.</summary>
    public void Forward(Matrix rows)
    {
        double total = 0, squares = 0;
        for (int time = 0; time < rows.RowCount; time++)
        {
            Span<float> row = rows[time];
            double count = (time + 1.0) * row.Length;
            foreach (float value in row)
            {
                total += value;
            }

            double mean = total / count;
            foreach (float value in row)
            {
                squares += (value - mean) * (value - mean);
            }

            float center = (float)mean, scale = (float)(1 / double.Sqrt((squares / count) + epsilon));
            for (int at = 0; at < row.Length; at++)
            {
                row[at] = (row[at] - center) * scale * weight[at % weight.Length];
            }
        }
    }
}
