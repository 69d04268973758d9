import inspect

import cdk_sms_registration


def test_all_is_sorted_and_complete():
    names = cdk_sms_registration.__all__
    public = {
        name
        for name, value in vars(cdk_sms_registration).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }

    assert names == sorted(names)
    assert set(names) == public


def test_every_public_member_is_documented():
    missing = []
    for name in cdk_sms_registration.__all__:
        thing = getattr(cdk_sms_registration, name)
        if not thing.__doc__:
            missing.append(name)
        for member, value in vars(thing).items():
            function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
            if not member.startswith("_") and inspect.isfunction(function) and not function.__doc__:
                missing.append(f"{name}.{member}")

    assert missing == []


def test_every_argument_is_documented():
    missing = []
    for name in cdk_sms_registration.__all__:
        thing = getattr(cdk_sms_registration, name)
        for member, value in vars(thing).items():
            function = getattr(value, "__func__", value)
            if not inspect.isfunction(function) or (member.startswith("_") and member != "__init__"):
                continue
            text = (thing.__doc__ or "") if member == "__init__" else (function.__doc__ or "")
            arguments = set(inspect.signature(function).parameters) - {"self", "cls", "args", "kwargs"}
            missing += [f"{name}.{member}({argument})" for argument in arguments if f"{argument}:" not in text]

    # The provider's own constructor is for get_or_create and configure, which document its arguments.
    assert [name for name in missing if not name.startswith("RegistrationProvider.__init__")] == []
