/** The JSON schema of the configuration file, in the draft that editors know (draft-07). */

import { isSetting, type Option, tablesOf } from "../option.ts";
import { OPTIONS } from "../options.ts";

type Schema = Readonly<Record<string, unknown>>;

/** The schema of a whole file, as plain data. */
export function configSchema(): Schema {
  const settings = OPTIONS.filter(isSetting);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Configuration of dnsfwd",
    type: "object",
    additionalProperties: false,
    properties: {
      ...propertiesOf(settings.filter(({ table }) => table === undefined)),
      ...Object.fromEntries(
        tablesOf(settings).map((table) => [table, tableSchema(table, settings)]),
      ),
    },
  };
}

function propertiesOf(options: readonly Option[]): Schema {
  return Object.fromEntries(
    options.map((option) => [option.setting ?? option.name, settingSchema(option)]),
  );
}

function tableSchema(table: string, settings: readonly Option[]): Schema {
  return {
    description: `${table}: a table of settings`,
    type: "object",
    additionalProperties: false,
    properties: propertiesOf(settings.filter((option) => option.table === table)),
  };
}

function settingSchema(option: Option): Schema {
  const { help, parts, defaults, isRepeatable, examples } = option;
  const [first] = defaults ?? [];
  return {
    description: parts ? `${option.name}: a number for each name` : help.join(" "),
    ...valueSchema(option),
    ...(defaults && { default: isRepeatable ? defaults : option.range ? Number(first) : first }),
    ...(option.value === undefined && { default: false }),
    ...(examples && { examples: isRepeatable ? [examples] : examples }),
  };
}

function valueSchema(option: Option): Schema {
  if (option.value === undefined) return { type: "boolean" };
  if (option.parts) return partsSchema(option.parts);
  const text = { type: "string", minLength: option.mayBeEmpty ? 0 : 1 };
  const number = { type: "integer", minimum: 1 };
  const one = option.mayBeNumber ? { anyOf: [text, number] } : text;
  if (option.isRepeatable) {
    const isOneNeeded = option.defaults !== undefined;
    const list = { type: "array", items: one, ...(isOneNeeded && { minItems: 1 }) };
    return { anyOf: [...option.mayBeNumber ? [text, number] : [text], list] };
  }
  if (option.range === undefined) return option.choices ? { enum: option.choices } : one;
  const [minimum, maximum] = option.range;
  const numbers = Array.from({ length: maximum - minimum + 1 }, (_, at) => `${minimum + at}`);
  const names = [...option.choices ?? [], ...numbers];
  const texts = option.pattern ? [{ type: "string", pattern: option.pattern }] : [];
  return { anyOf: [{ type: "integer", minimum, maximum }, { enum: names }, ...texts] };
}

function partsSchema(parts: NonNullable<Option["parts"]>): Schema {
  const properties = parts.map(({ name, min, max, help, default: standard }) => [name, {
    description: help,
    type: "integer",
    minimum: min,
    maximum: max,
    default: standard,
  }]);
  return {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(properties),
  };
}
