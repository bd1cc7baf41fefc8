using System.Text;

namespace GemmaSharp.Model.MatFormer;

/// <summary>One record of a CSV file.</summary>
/// <param name="Line">The line it begins on, from 1.</param>
/// <param name="Fields">Its fields, quotes taken off.</param>
internal sealed record CsvRow(int Line, IReadOnlyList<string> Fields);

/// <summary>Splits text into records as RFC 4180 says: fields in quotes may hold commas, line ends and doubled quotes.</summary>
internal sealed class CsvRows
{
    private readonly string _text;
    private readonly string _place;
    private int _at;
    private int _line = 1;

    private CsvRows(string text, string place) => (_text, _place) = (text, place);

    /// <summary>All records; empty lines are none.</summary>
    /// <exception cref="InvalidDataException">A quote is not closed, or text follows a closing quote.</exception>
    public static IReadOnlyList<CsvRow> Read(string text, string place)
    {
        CsvRows reader = new(text, place);
        List<CsvRow> rows = [];
        while (reader._at < text.Length)
        {
            CsvRow row = reader.Row();
            if (row.Fields is not [{ Length: 0 }])
            {
                rows.Add(row);
            }
        }

        return rows;
    }

    private CsvRow Row()
    {
        int begin = _line;
        List<string> fields = [Field()];
        while (TakeIf(','))
        {
            fields.Add(Field());
        }

        TakeIf('\r');
        _line += TakeIf('\n') ? 1 : 0;
        return new CsvRow(begin, fields);
    }

    private string Field() => TakeIf('"') ? Quoted() : Plain();

    private string Plain()
    {
        int end = _text.AsSpan(_at).IndexOfAny(',', '\r', '\n');
        string field = end < 0 ? _text[_at..] : _text.Substring(_at, end);
        _at += field.Length;
        return field;
    }

    private string Quoted()
    {
        int begin = _line;
        StringBuilder field = new();
        while (_at < _text.Length)
        {
            char next = _text[_at++];
            if (next == '"' && !TakeIf('"'))
            {
                return _at == _text.Length || _text[_at] is ',' or '\r' or '\n'
                    ? field.ToString()
                    : throw new InvalidDataException($"{_place}: line {_line}: '{_text[_at]}' follows a closing quote, a comma or the line's end expected");
            }

            _line += next == '\n' ? 1 : 0;
            field.Append(next);
        }

        throw new InvalidDataException($"{_place}: line {begin}: a quote opens and never closes");
    }

    private bool TakeIf(char wanted)
    {
        bool found = _at < _text.Length && _text[_at] == wanted;
        _at += found ? 1 : 0;
        return found;
    }
}
