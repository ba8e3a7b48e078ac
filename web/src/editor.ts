// The editor: a learner's file, with the functions that are theirs to write marked in the margin.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, forceParsing, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { EditorState, RangeSetBuilder } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

const ink = HighlightStyle.define([
  { tag: [tags.comment, tags.string, tags.docString], color: "var(--grey)" },
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword], color: "var(--accent)" },
  { tag: [tags.definition(tags.variableName), tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)], fontWeight: "600" },
]);

export interface Range {
  from: number;
  to: number;
}

/** Where "function" and "Class.method" stand in a Python file. */
export function findFunctions(state: EditorState, names: readonly string[]): Range[] {
  const found: Range[] = [];
  let owner = "";
  syntaxTree(state).iterate({
    enter(node) {
      if (node.name !== "ClassDefinition" && node.name !== "FunctionDefinition") return;
      const label = node.node.getChild("VariableName");
      const name = label ? state.sliceDoc(label.from, label.to) : "";
      if (node.name === "ClassDefinition") owner = `${name}.`;
      else if (names.includes(owner + name)) found.push({ from: node.from, to: node.to });
    },
    leave(node) {
      if (node.name === "ClassDefinition") owner = "";
    },
  });
  return found;
}

function yours(names: readonly string[]) {
  const line = Decoration.line({ class: "cm-yours" });
  const mark = (view: EditorView): DecorationSet => {
    const builder = new RangeSetBuilder<Decoration>();
    for (const { from, to } of findFunctions(view.state, names)) {
      const last = view.state.doc.lineAt(to).number;
      for (let n = view.state.doc.lineAt(from).number; n <= last; n++) {
        const start = view.state.doc.line(n).from;
        builder.add(start, start, line);
      }
    }
    return builder.finish();
  };
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = mark(view);
      }
      update(update: ViewUpdate) {
        if (update.docChanged || syntaxTree(update.startState) !== syntaxTree(update.state)) this.decorations = mark(update.view);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );
}

export interface EditorOptions {
  parent: HTMLElement;
  source: string;
  functions: readonly string[];
  label: string;
  nonce: string;
  onCheck: () => void;
  onSave: () => void;
  onChange: () => void;
}

export function openEditor(options: EditorOptions): EditorView {
  const run = (action: () => void) => () => (action(), true);
  const view = new EditorView({
    parent: options.parent,
    state: EditorState.create({
      doc: options.source,
      extensions: [
        EditorView.cspNonce.of(options.nonce),
        keymap.of([
          { key: "Mod-Enter", run: run(options.onCheck) },
          { key: "Mod-s", run: run(options.onSave) },
        ]),
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        indentUnit.of("    "),
        python(),
        syntaxHighlighting(ink),
        yours(options.functions),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ "aria-label": options.label, spellcheck: "false" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange();
        }),
      ],
    }),
  });
  forceParsing(view, view.state.doc.length, 500); // the parser works in slices: the function may lie beyond the first
  const first = findFunctions(view.state, options.functions)[0];
  if (first) view.dispatch({ selection: { anchor: first.from }, effects: EditorView.scrollIntoView(first.from, { y: "start", yMargin: 60 }) });
  return view;
}

export function replaceAll(view: EditorView, source: string): void {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: source } });
}
