using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Ops;

/// <summary>A float32 matrix made on the way, in panels of 16 outputs, [panels, columns, 16]; outputs are padded with zeros to whole tiles.</summary>
internal readonly unsafe struct GridPanels(float* values, int outputs, int columns)
{
    /// <summary>Outputs of a panel.</summary>
    public const int PanelRows = 16;

    /// <summary>Columns, which products sum over.</summary>
    public int Columns { get; } = columns;

    /// <summary>Outputs with their padding.</summary>
    public int PaddedOutputs { get; } = Padded(outputs);

    /// <summary>Floats that the panels take.</summary>
    public static long Length(int outputs, int columns) => (long)Padded(outputs) * columns;

    /// <summary>The panel that begins with an output.</summary>
    public float* Panel(int output) => values + ((nint)output * Columns);

    /// <summary>Fills zeroed panels with rows times a factor: one output a row.</summary>
    public void FillRows(Matrix rows, float factor)
    {
        for (int row = 0; row < rows.RowCount; row++)
        {
            float* to = Panel(row / PanelRows * PanelRows) + (row % PanelRows);
            foreach (float value in rows[row])
            {
                *to = value * factor;
                to += PanelRows;
            }
        }
    }

    /// <summary>Fills zeroed panels with the transpose: one output a column.</summary>
    public void FillColumns(Matrix rows)
    {
        for (int row = 0; row < rows.RowCount; row++)
        {
            for (int output = 0; output < rows.ColumnCount; output += PanelRows)
            {
                int width = int.Min(PanelRows, rows.ColumnCount - output);
                rows[row].Slice(output, width).CopyTo(new Span<float>(Panel(output) + ((nint)row * PanelRows), width));
            }
        }
    }

    private static int Padded(int outputs) => (outputs + PanelTile.Outputs - 1) / PanelTile.Outputs * PanelTile.Outputs;
}
