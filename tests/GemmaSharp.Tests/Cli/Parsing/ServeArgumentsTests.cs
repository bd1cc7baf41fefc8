using System.CommandLine;
using System.Reflection;
using GemmaSharp.Cli.Parsing;
using GemmaSharp.Server;

namespace GemmaSharp.Tests.Cli.Parsing;

/// <summary>The options of the server: every one can be given, and reaches the limit it names.</summary>
public sealed class ServeArgumentsTests
{
    [Fact]
    public void AddTo_Command_HasEveryOption() => Assert.Equal(OptionsOf(typeof(ServeArguments)), Command(new ServeArguments()).Options.Count);

    [Fact]
    public void Read_EveryLimit_IsSetByAnOption()
    {
        ServeArguments arguments = new();
        Command command = Command(arguments);
        string[] flags = [.. command.Options.Select(option => option.Name).Where(name => name.StartsWith("--max-", StringComparison.Ordinal) || name.EndsWith("-seconds", StringComparison.Ordinal))];

        // A number that is no default, within all bounds where a limit has one.
        const int given = 77;
        ServerLimits limits = arguments.Read(command.Parse([.. flags.Where(flag => flag is not ("--max-body-bytes" or "--max-part-bytes" or "--max-held-bytes")).SelectMany(flag => (string[])[flag, $"{given}"]),
            "--max-body-bytes", "7777", "--max-part-bytes", "7777", "--max-held-bytes", "7777777"])).Limits;

        ServerLimits usual = new();
        Assert.All(typeof(ServerLimits).GetProperties().Where(one => one.CanWrite), limit => Assert.NotEqual(limit.GetValue(usual), limit.GetValue(limits)));
    }

    [Fact]
    public void Read_IdleUnload_IsMinutes()
    {
        ServeArguments arguments = new();
        Command command = Command(arguments);

        Assert.Equal(TimeSpan.FromMinutes(5), arguments.Idle(command.Parse(["--idle-unload", "5"])));
        Assert.Null(arguments.Idle(command.Parse([])));
    }

    private static int OptionsOf(Type arguments) => arguments.GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Select(field => field.FieldType).Sum(
        type => type.IsAssignableTo(typeof(Option)) ? 1 : type.Namespace == arguments.Namespace ? OptionsOf(type) : 0);

    private static Command Command(ServeArguments arguments)
    {
        Command command = new("serve");
        arguments.AddTo(command);
        return command;
    }
}
